"""What is wrong around a refresh: at the mall, at Vault, on the host, in the past."""

from typing import Any

from tests.faults.condition import Condition, mall, seal_when, vault
from tests.faults.hosts import ahead_by, disk_full_after, host_with_no_room
from tests.faults.pasts import (
    a_foreign_client,
    a_rollback,
    a_spill,
    an_ambiguous_mall,
    an_old_intent,
)

EVERYTHING = "[A-Z]+ /v1/(?!sys/)"
SAVE = {"match": "POST {mall}", "skip": 1}
INTENT = {"match": "POST {mall}"}
SEALED = {"kind": "status", "status": 503, "errors": ["Vault is sealed"]}
FOR_EVER: dict[str, Any] = {"times": None}

CALM = Condition("all is well", calls=1)

VAULT = (
    vault(
        "refuses everything", "VaultAway", 0, {"match": EVERYTHING, "kind": "refuse", **FOR_EVER}
    ),
    vault("hangs", "VaultAway", 0, {"match": EVERYTHING, "kind": "hang", "times": 2}),
    vault("refuses the intent", "VaultAway", 0, {**INTENT, "kind": "refuse"}),
    vault("hangs at the intent", "VaultAway", 0, {**INTENT, "kind": "hang"}),
    vault("cut before the intent", "VaultAway", 0, {**INTENT, "kind": "drop_before"}),
    vault("does the intent, no answer", "", 1, {**INTENT, "kind": "drop_after"}),
    vault(
        "does the intent late",
        "VaultAway",
        0,
        {**INTENT, "kind": "hang", "delay_s": 1.4},
        late_s=1.5,
    ),
    vault("refuses the save 3 times", "", 1, {**SAVE, "kind": "refuse", "times": 3}),
    vault("refuses saves for ever", "PairSpilled", 1, {**SAVE, "kind": "refuse", **FOR_EVER}),
    vault("hangs at the save", "", 1, {**SAVE, "kind": "hang"}),
    vault("hangs at every save", "PairSpilled", 1, {**SAVE, "kind": "hang", **FOR_EVER}),
    vault("is slow at the save", "", 1, {**SAVE, "kind": "hang", "delay_s": 0.3}),
    vault("does the save late", "", 1, {**SAVE, "kind": "hang", "delay_s": 1.4}, late_s=1.5),
    vault("cut before the save", "", 1, {**SAVE, "kind": "drop_before"}),
    vault("does the save, no answer", "", 1, {**SAVE, "kind": "drop_after"}),
    vault("403 at the save", "", 1, {**SAVE, "kind": "status", "status": 403}),
    vault("sealed at the save", "", 1, {**SAVE, **SEALED, "times": 4}),
    Condition(
        "vault: sealed by hand, request out",
        at_mall=({"kind": "slow", "delay_s": 0.2},),
        heard=seal_when("sent"),
        told="PairSpilled",
        calls=1,
    ),
)

MALL = (
    mall("slow", kind="slow", delay_s=0.4),
    mall("slow, after it rotated", kind="slow_after", delay_s=0.4),
    mall("too slow", "TokenAmbiguous", lost=True, kind="slow", delay_s=2.6, late_s=2.8),
    mall(
        "spends, answers too late",
        "TokenAmbiguous",
        lost=True,
        kind="slow_after",
        delay_s=2.6,
        late_s=2.8,
    ),
    mall("drips", kind="drip", delay_s=0.5),
    mall("drips past the deadline, tokens first", kind="drip", delay_s=2.6),
    mall("drips for too long", "TokenAmbiguous", lost=True, kind="drip", delay_s=20, late_s=2.2),
    mall("429", "RateLimited", kind="status", status=429),
    mall("500", "TokenAmbiguous", kind="status", status=500),
    mall("502 in HTML", "TokenAmbiguous", kind="html", status=502),
    mall("200 in HTML", "TokenAmbiguous", kind="html", status=200),
    mall("200 truncated", lost=True, kind="truncate"),
    mall("200 truncated in the token", "TokenAmbiguous", lost=True, kind="truncate", keep_bytes=90),
    mall("200 truncated behind the tokens", kind="truncate", keep_bytes=400),
    mall("200 cut off", lost=True, kind="cut"),
    mall("200 cut off behind the tokens", kind="cut", keep_bytes=400),
    mall("200 without tokens", "TokenAmbiguous", lost=True, kind="no_tokens"),
    mall("closed before it rotates", "TokenAmbiguous", kind="drop_before"),
    mall("closed after it rotated", "TokenAmbiguous", lost=True, kind="drop_after"),
    mall("reset before it rotates", "TokenAmbiguous", kind="reset"),
    mall("reset after it rotated", "TokenAmbiguous", lost=True, kind="reset_after"),
    Condition(
        "mall: reuse detection, reset after",
        at_mall=({"kind": "reset_after"},),
        behaviour={"reuse_detection": True},
        answer_is_lost=True,
        told="TokenAmbiguous",
        calls=1,
    ),
    Condition(
        "mall: grace, reset after",
        at_mall=({"kind": "reset_after"},),
        behaviour={"grace_s": 600},
        answer_is_lost=True,
        told="TokenAmbiguous",
        calls=1,
    ),
    Condition("mall: does not rotate", behaviour={"rotation": False}),
    Condition("mall: refuses with 401", behaviour={"invalid_grant_status": 401}),
)

HOST = (
    Condition(
        "host: no room for a spill", prepare=host_with_no_room, told="SettingsError", calls=0
    ),
    Condition(
        "host: disk full, Vault refuses 3 saves",
        at_vault=({**SAVE, "kind": "refuse", "times": 3},),
        prepare=disk_full_after("SpillFolder.prepare"),
    ),
    Condition("host: 9 hours ahead", prepare=ahead_by(9)),
    Condition("host: 9 hours behind", prepare=ahead_by(-9)),
)

PAST = (
    Condition("past: a spill lies here", past=a_spill, calls=0),
    Condition("past: ambiguous", past=an_ambiguous_mall),
    Condition("past: an intent ran out", past=an_old_intent, told="TokenAmbiguous", calls=0),
    Condition(
        "past: Vault was rolled back",
        past=a_rollback,
        pair_is_gone=True,
        told="StoreRolledBack",
        calls=0,
    ),
    Condition(
        "past: a foreign client",
        past=a_foreign_client,
        pair_is_gone=True,
        told="Reauthorize",
        calls=1,
    ),
)

ALL = (CALM, *VAULT, *MALL, *HOST, *PAST)

CONDITIONS = {condition.name: condition for condition in ALL}
