"""The alerts in English."""

from cafe24.alerts.moments import Units
from cafe24.alerts.tables import IncidentKind, Purpose
from cafe24.alerts.texts import KindText, ServerLaneTexts, Texts
from cafe24.commands import MANAGE, START_WORKER

_KINDS = {
    IncidentKind.token_expiring: KindText(
        name="Refresh token expiring",
        title="The refresh token is about to expire",
        title_with_left="The refresh token expires in {left}",
        what="The planned refresh did not happen. Once it has expired, the mall's principal "
        "operator must consent again.",
        todo="Refresh it now. The command works even while no worker runs.",
        command="refresh {mall_id}",
    ),
    IncidentKind.token_overdue: KindText(
        name="Token refresh overdue",
        title="The planned token refresh did not happen",
        what="The weekly refresh did not run, and the one that the check started by itself did "
        "not help either. The token is still good.",
        todo="Refresh it by hand: this works even while no worker runs. Then see that a worker "
        "runs and that the schedule is on.",
        command="refresh {mall_id}",
    ),
    IncidentKind.token_unfinished: KindText(
        name="Unfinished token write",
        title="A token write was not finished",
        what="A refresh seems to have been stopped while it saved a new token, and the refresh "
        "that the check started by itself did not mend that.",
        todo="Run this on the host that refreshes: it first brings home what was saved there.",
        command="refresh {mall_id}",
    ),
    IncidentKind.token_ambiguous: KindText(
        name="Refresh without an answer",
        title="A token refresh got no answer",
        what="The request was sent, but no answer came: the refresh token may be spent. It is "
        "asked once more as soon as that is safe, and you hear how that went.",
        todo="Run this on the host that refreshed: it saves an answer that was kept there. If "
        "there is none, wait for the next message; refreshing by hand does not help.",
        command="drain",
    ),
    IncidentKind.token_spilled: KindText(
        name="Token kept in a sealed file",
        title="A new token could not be saved in Vault",
        what="It is sealed on the host that refreshed. Nothing is lost.",
        todo="Bring Vault back, then run this on that host.",
        command="drain",
    ),
    IncidentKind.pair_set_aside: KindText(
        name="Token set aside",
        title="A new token was set aside",
        what="What Cafe24 gave could not be saved as this mall's token: it is another mall's, or "
        "somebody changed the mall in Vault meanwhile. It is kept in Vault under quarantine, and "
        "the mall goes on with what it has.",
        todo="Read the reason. If the next refresh fails, connect the mall again by this command.",
        command="authorize {mall_id}",
    ),
    IncidentKind.store_rolled_back: KindText(
        name="Vault behind the ledger",
        title="Vault holds an older token than was granted",
        what="A pair is sealed on the host that refreshed, or Vault was restored from a backup. "
        "Nothing is spent until this is clear.",
        todo="Run this on the host that refreshed. If nothing is sealed there, restore the newer "
        "version in Vault, or have the mall consent again.",
        command="drain",
    ),
    IncidentKind.refresh_remark: KindText(
        name="Something odd about a refresh",
        title="The token is good, but something needs a look",
        what="The new pair is safe in Vault. What the reason says was not in order.",
        todo="Cure the reason above, then refresh; a refresh without it ends this.",
        command="refresh {mall_id} --force",
    ),
    IncidentKind.reauthorize: KindText(
        name="Consent needed again",
        title="The app needs consent again",
        what="The refresh token is no longer valid; refreshes and product syncs of this mall "
        "have stopped.",
        todo="The mall's principal operator consents again by this command or the consent form. "
        "The code lives one minute.",
        command="authorize {mall_id}",
    ),
    IncidentKind.refresh_failed: KindText(
        name="Token refresh failed",
        title="The token could not be refreshed",
        what="The token was not spent, and the next run tries again.",
        todo="Cure the reason above, then refresh.",
        command="refresh {mall_id}",
    ),
    IncidentKind.app_refused: KindText(
        name="App secret refused",
        title="Cafe24 refused the app's secret",
        title_of_many="Cafe24 refuses the app: {malls} malls get no new tokens",
        what="The client_id or client_secret is wrong. What is in Vault is still good: nothing was "
        "spent.",
        todo="Look up the app's secret in the developer center and store it again. It is asked "
        "for by a prompt.",
        command="app {client_id} --redirect-uri {redirect_uri} --scopes {scopes}",
    ),
    IncidentKind.scope_missing: KindText(
        name="Scope missing",
        title="The Admin API refused for want of a scope",
        what="A scope was not consented to, or the app was removed from the mall.",
        todo="Check the app's scopes in the developer center, then consent again.",
        command="authorize {mall_id}",
    ),
    IncidentKind.sync_failed: KindText(
        name="Product sync failed",
        title="The product sync did not finish",
        what="The product tables still hold the last committed state.",
        todo="Look at the reason and run it again: it goes on where it stopped, without "
        "duplicates.",
        command="sync {mall_id}",
    ),
    IncidentKind.deletion_braked: KindText(
        name="Mass deletion held",
        title="A sync stopped before it deleted too much",
        what="The full sync would have deleted a larger share than allowed. Nothing was deleted.",
        todo="Look in the mall's admin whether they are really gone. Only if they are, let the "
        "sync delete them by this command. If they are not, do nothing and ask Cafe24.",
        command="sync {mall_id} --full --allow-deletions",
    ),
    IncidentKind.sync_mismatch: KindText(
        name="Product count disagrees",
        title="The product tables disagree with the mall",
        what="Two syncs in a row ended with another number of products than the mall counts. "
        "What is held is correct as far as it was read, but it is not everything.",
        todo="Read everything again by this command. If the counts still disagree, ask Cafe24 "
        "which products its count has and its list has not.",
        command="sync {mall_id} --full",
    ),
    IncidentKind.records_quarantined: KindText(
        name="Products set aside",
        title="Some products could not be saved",
        what="Cafe24 gave records that fit no row. They are set aside, whole and with their "
        "reason; all others are synced. You hear of it again only when there are more.",
        todo="Look into the table product_quarantine, and correct those products in the mall's "
        "admin. The next sync takes them in; so does this command.",
        command="sync {mall_id} --full",
    ),
    IncidentKind.mall_unseen: KindText(
        name="Mall out of sight",
        title="Nobody can see when this mall's token ends",
        what="Vault does not show the check this mall's dates, so nobody would notice that the "
        "token ends. The token itself may be fine.",
        todo="Let this command name what is wrong in Vault, and mend it: mostly a policy or a "
        "document that was changed by hand.",
        command="doctor",
    ),
    IncidentKind.vault_signin_expiring: KindText(
        name="Vault sign-in expiring",
        title="The Vault sign-in has expired",
        title_with_left="The Vault sign-in expires in {left}",
        what="Without vault:keeper no token can be refreshed, without vault:monitor nobody "
        "notices when one ends.",
        todo="Issue a new secret_id in Vault and put it into .env. This command gives it to the "
        "runs and checks it.",
        command=f"setup && {MANAGE} doctor",
    ),
    IncidentKind.slack_refused: KindText(
        name="Slack channel refused",
        title="A Slack channel takes no alerts",
        what="Alerts go through the second channel as long as it takes them; what no channel "
        "takes waits and is not lost.",
        todo="Do what the reason says and change .env accordingly. This command gives it to the "
        "runs; the next check says whether the channel lives again.",
        command=f"setup && {MANAGE} doctor",
    ),
}

ENGLISH = Texts(
    kinds=_KINDS,
    facts={
        "malls": "Malls",
        "first_malls": "Among them",
        "host": "Host",
        "generation": "Generation",
        "mode": "Mode",
        "stored": "Products stored",
        "would_delete": "Would delete",
        "quarantined": "Set aside",
        "last_refresh_at": "Last refresh",
        "access_expires_at": "Access token ends",
    },
    grades={"warning": "warning", "critical": "critical"},
    purposes={
        Purpose.opened: "new",
        Purpose.escalated: "more urgent now",
        Purpose.reminder: "reminder",
        Purpose.recovered: "recovered",
    },
    units=Units(
        day="{} day",
        days="{} days",
        hour="{} hour",
        hours="{} hours",
        minute="{} minute",
        minutes="{} minutes",
        under_a_minute="less than a minute",
    ),
    mall="Mall",
    app="App",
    credential="Credential",
    reason="Reason",
    grade="Grade",
    since="Since",
    since_ago="{moment} ({ago} ago)",
    left="Time left",
    left_until="{left} (until {moment})",
    dead="none: this token does not work any more",
    ended_at="none (ended {moment})",
    todo_title="What to do now",
    open_run="Open the run",
    open_form="Open the consent form",
    runbook="Runbook",
    snooze="No reminders for a while: `{command}`",
    incident="Incident #{number}",
    recovered_title="{who} recovered: {name}",
    recovered_what="*{name}* is over after *{lasted}*. There is nothing left to do.",
    recovered_at="Recovered",
    lasted="Lasted",
    digest_title="{count} incidents at once",
    digest_group="*{name}* · {purpose} · {count}",
    digest_note="Details: `.venv/bin/python manage.py status`",
    server_lane=ServerLaneTexts(
        state_names={
            "Failed": "failed",
            "Crashed": "crashed",
            "TimedOut": "timed out",
            "Late": "is late",
        },
        run="Run",
        deployment="Deployment",
        when="When",
        reason="Reason",
        todo_title="What to do now",
        todo="Open the run, read why, cure it, and run it again from the same page.",
        open_run="Open the run",
        context="Sent by the Prefect server itself: it arrives even while every worker is down.",
        zombie="Its process gives no sign of life any more, so the server ended the run.",
        begun_again="Its process ended without a word; the next worker begins it again.",
        shard_todo="Nothing for this shard: a worker begins it again by itself, in a minute, and "
        "what is done is not done twice. See why the process died: the worker's log, its memory. "
        "If it dies three times, its malls are told as failed.",
        late="No worker has begun it: none is alive, or all are busy.",
        planned="Planned for",
        start_worker="See whether a worker lives: `.venv/bin/python manage.py doctor`. "
        f"If none does, start one: `{START_WORKER}`. What has piled up then runs by itself.",
        silence_title="check-expiry: no sign for {left}",
        silence="No run of *check-expiry* has completed for *{left}*. Until one does, nobody "
        "warns of a token that expires, and no overdue refresh is started.",
        silence_todo="See how the tokens stand: `.venv/bin/python manage.py status`. "
        "Then see that a worker lives and that the schedule of check-expiry/six-hourly is on, "
        "and run it now: `.venv/bin/prefect deployment run check-expiry/six-hourly`.",
        last_completed="Last completed",
        open_runs="Open the runs",
        pool_title=": no worker answers",
        pool="The pool has no living worker, so nothing runs: no token refresh, no product sync, "
        "no expiry check, and no alert that a worker would send.",
        open_pool="Open the pool",
    ),
)
