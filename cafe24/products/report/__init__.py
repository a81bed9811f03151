"""What a person should look at after a sync, and a picture of it. The only home of pandas.

It reads finished tables and returns plain data; nothing in the way of a sync imports it.
"""
