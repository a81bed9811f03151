"""Records that fit no row in a sync: set aside, told, and let go again."""

from tests.product_world import World


def test_a_record_that_does_not_fit_is_set_aside_and_the_run_goes_on(world: World) -> None:
    world.stock(1, 2, 3)
    world.stock(2, price="abc")
    report = world.sync()
    assert (report.outcome, report.stored, report.quarantined) == ("synced", 2, 1)
    key, reason = world.one("SELECT record_key, reason FROM product_quarantine")
    assert (key, reason) == ("product:2", "price: 'abc' does not fit its column")


def test_a_record_that_stays_set_aside_is_told_by_every_run(world: World) -> None:
    world.stock(1, 2, 3)
    world.stock(2, price="abc")
    world.mall.changed.add(2)  # so the first run meets it in the list and in what changed
    assert world.sync().quarantined == 1
    world.mall.changed.clear()
    report = world.sync()
    assert (report.mode, report.stored, report.quarantined) == ("incremental", 2, 1)
    assert world.one("SELECT quarantined FROM sync_run ORDER BY id DESC LIMIT 1") == 1


def test_a_row_that_is_only_the_last_good_one_is_not_unchanged(world: World) -> None:
    world.stock(1, 2, 3)
    world.sync()
    world.stock(2, price="abc")
    report = world.sync(mode="full")
    assert (report.stored, report.unchanged, report.quarantined) == (3, 2, 1)


def test_one_that_fits_again_leaves_the_quarantine(world: World) -> None:
    world.stock(1, 2, 3)
    world.stock(2, price="abc")
    world.sync()
    world.change(2, price="100.00")
    report = world.sync()
    assert (report.mode, report.outcome, report.stored) == ("incremental", "synced", 3)
    assert world.rows("SELECT * FROM product_quarantine") == []


def test_one_that_stops_fitting_keeps_its_last_good_row(world: World) -> None:
    world.stock(1, 2)
    world.sync()
    world.change(2, price="abc")
    assert world.sync().outcome == "synced"
    assert world.one("SELECT price FROM product WHERE product_no = 2") == "29900.00"


def test_one_that_is_gone_from_the_mall_leaves_the_quarantine_too(world: World) -> None:
    world.stock(*range(1, 10))
    world.stock(5, price="abc")
    world.sync()
    del world.mall.products[5]
    report = world.sync(mode="full")
    assert report.outcome == "synced"
    assert world.rows("SELECT * FROM product_quarantine") == []


def test_a_detail_that_does_not_fit_is_set_aside_until_it_does(world: World) -> None:
    world.stock(1, has_option="perhaps")
    world.sync(detail_calls=1)
    assert world.one("SELECT record_key FROM product_quarantine") == "detail:1"
    world.change(1, has_option="T")
    world.sync(detail_calls=1)
    assert world.rows("SELECT * FROM product_quarantine") == []
    assert world.one("SELECT has_option FROM product") == 1
