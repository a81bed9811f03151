"""The core: tokens, products and alerts of Cafe24 malls. True without Prefect."""
