"""What would end the wait for a grant is held back until the grant has ended."""

import signal
import threading
import time

import pytest

from cafe24.tokens.shield import Shield


def test_the_works_result_and_the_works_error_come_back() -> None:
    assert Shield(lambda: 7, lambda: False).run() == 7
    with pytest.raises(ZeroDivisionError):
        Shield(lambda: 1 / 0, lambda: False).run()


@pytest.mark.usefixtures("ctrl_c")
def test_a_storm_of_signals_ends_nothing_and_is_passed_on_once() -> None:
    seen: list[bool] = []
    ended: list[bool] = []

    def work() -> None:
        for _ in range(200):
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            time.sleep(0.0005)
        seen.append(shield.is_stopping())
        ended.append(True)

    shield: Shield[None] = Shield(work, lambda: False)
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        shield.run()
    assert (seen, ended) == ([True], [True])
    assert signal.getsignal(signal.SIGINT) is before


def test_in_another_thread_the_work_is_simply_done() -> None:
    results: list[int] = []
    shield = Shield(lambda: 7, lambda: False)
    thread = threading.Thread(target=lambda: results.append(shield.run()))
    thread.start()
    thread.join()
    assert results == [7]


def test_a_process_that_is_stopping_says_so_to_the_work() -> None:
    seen: list[bool] = []
    shield: Shield[None] = Shield(lambda: seen.append(shield.is_stopping()), lambda: True)
    shield.run()
    assert seen == [True]
