"""The alerts in Korean."""

from cafe24.alerts.moments import Units
from cafe24.alerts.tables import IncidentKind, Purpose
from cafe24.alerts.texts import KindText, ServerLaneTexts, Texts
from cafe24.commands import MANAGE, START_WORKER

_KINDS = {
    IncidentKind.token_expiring: KindText(
        name="리프레시 토큰 만료 임박",
        title="리프레시 토큰이 곧 만료됩니다",
        title_with_left="리프레시 토큰이 {left} 뒤 만료됩니다",
        what="예정된 갱신이 이루어지지 않았습니다. 만료되면 몰의 대표 운영자가 앱 권한에 "
        "다시 동의해야 합니다.",
        todo="지금 갱신하세요. 워커가 꺼져 있어도 아래 명령은 동작합니다.",
        command="refresh {mall_id}",
    ),
    IncidentKind.token_overdue: KindText(
        name="토큰 갱신 지연",
        title="예정된 토큰 갱신이 이루어지지 않았습니다",
        what="주간 갱신이 실행되지 않았고, 점검이 스스로 시작한 갱신도 되지 않았습니다. 토큰은 "
        "아직 살아 있습니다.",
        todo="아래 명령으로 직접 갱신하세요. 워커가 꺼져 있어도 동작합니다. 그다음 워커와 "
        "스케줄이 켜져 있는지 확인하세요.",
        command="refresh {mall_id}",
    ),
    IncidentKind.token_unfinished: KindText(
        name="끝나지 않은 토큰 저장",
        title="토큰 저장이 끝까지 기록되지 않았습니다",
        what="새 토큰을 저장하던 갱신이 도중에 멈춘 것으로 보이며, 점검이 스스로 시작한 갱신으로도 "
        "해결되지 않았습니다.",
        todo="갱신하는 호스트에서 아래 명령을 실행하세요. 그곳에 남은 토큰을 먼저 저장합니다.",
        command="refresh {mall_id}",
    ),
    IncidentKind.token_ambiguous: KindText(
        name="응답 없는 토큰 갱신",
        title="토큰 갱신이 응답을 받지 못했습니다",
        what="요청은 보냈지만 응답이 오지 않아 리프레시 토큰이 이미 쓰였을 수 있습니다. "
        "안전해지는 대로 한 번 더 확인하고 결과를 알려 드립니다.",
        todo="갱신을 보낸 호스트에서 아래 명령을 실행하세요. 남아 있는 응답이 있으면 저장합니다. "
        "없으면 다음 알림을 기다리세요. 직접 갱신해도 도움이 되지 않습니다.",
        command="drain",
    ),
    IncidentKind.token_spilled: KindText(
        name="봉인 파일에 보관 중인 토큰",
        title="새 토큰을 Vault에 저장하지 못했습니다",
        what="새 토큰은 갱신한 호스트에 봉인되어 있습니다. 잃어버린 것은 없습니다.",
        todo="Vault를 되살린 뒤 그 호스트에서 아래 명령을 실행하세요.",
        command="drain",
    ),
    IncidentKind.pair_set_aside: KindText(
        name="따로 보관한 토큰",
        title="새 토큰을 따로 보관했습니다",
        what="Cafe24가 준 토큰이 다른 몰의 것이거나 그사이 누군가 Vault의 이 몰을 바꾸어, 이 몰의 "
        "토큰으로 저장하지 못했습니다. Vault의 quarantine에 보관했고, 이 몰은 가지고 있던 토큰으로 "
        "계속합니다.",
        todo="원인을 확인하세요. 다음 갱신이 실패하면 아래 명령으로 몰을 다시 연결하세요.",
        command="authorize {mall_id}",
    ),
    IncidentKind.store_rolled_back: KindText(
        name="기록보다 오래된 Vault",
        title="Vault의 토큰이 발급 기록보다 오래되었습니다",
        what="갱신한 호스트에 봉인된 토큰이 남아 있거나, Vault가 백업에서 복원되었습니다. "
        "확인될 때까지 토큰을 쓰지 않습니다.",
        todo="갱신한 호스트에서 아래 명령을 실행하세요. 봉인된 것이 없으면 Vault의 더 새로운 "
        "버전을 되살리거나 몰에서 다시 동의하세요.",
        command="drain",
    ),
    IncidentKind.refresh_remark: KindText(
        name="갱신에서 확인할 점",
        title="토큰은 정상이지만 확인이 필요합니다",
        what="새 토큰은 Vault에 안전하게 있습니다. 다만 아래 원인에 적힌 것이 정상이 아닙니다.",
        todo="원인을 해결한 뒤 갱신하세요. 문제없이 갱신되면 이 알림은 끝납니다.",
        command="refresh {mall_id} --force",
    ),
    IncidentKind.reauthorize: KindText(
        name="다시 동의 필요",
        title="앱 권한에 다시 동의해야 합니다",
        what="리프레시 토큰이 더는 유효하지 않아 이 몰의 토큰 갱신과 상품 동기화가 멈췄습니다.",
        todo="몰의 대표 운영자가 아래 명령이나 동의 화면으로 다시 동의하세요. 동의 코드는 "
        "1분 동안만 유효합니다.",
        command="authorize {mall_id}",
    ),
    IncidentKind.refresh_failed: KindText(
        name="토큰 갱신 실패",
        title="토큰을 갱신하지 못했습니다",
        what="토큰은 쓰이지 않았고, 다음 실행이 다시 시도합니다.",
        todo="위의 원인을 해결한 뒤 갱신하세요.",
        command="refresh {mall_id}",
    ),
    IncidentKind.app_refused: KindText(
        name="앱 비밀키 거부",
        title="Cafe24가 앱의 비밀키를 거부했습니다",
        title_of_many="Cafe24가 앱을 거부해 몰 {malls}곳이 새 토큰을 받지 못합니다",
        what="client_id 또는 client_secret이 맞지 않습니다. 쓰인 것은 없고 Vault의 토큰은 그대로 "
        "살아 있습니다.",
        todo="개발자센터에서 앱의 비밀키를 확인하고 다시 저장하세요. 비밀키는 입력창으로만 "
        "받습니다.",
        command="app {client_id} --redirect-uri {redirect_uri} --scopes {scopes}",
    ),
    IncidentKind.scope_missing: KindText(
        name="권한 부족",
        title="Admin API가 권한 부족으로 거부했습니다",
        what="동의한 권한이 모자라거나 몰에서 앱이 삭제되었습니다.",
        todo="개발자센터에서 앱의 권한을 확인한 뒤 다시 동의하세요.",
        command="authorize {mall_id}",
    ),
    IncidentKind.sync_failed: KindText(
        name="상품 동기화 실패",
        title="상품 동기화가 끝나지 못했습니다",
        what="상품 테이블에는 마지막으로 확정된 상태가 그대로 남아 있습니다.",
        todo="원인을 확인하고 다시 실행하세요. 멈춘 곳에서 이어지며 중복되지 않습니다.",
        command="sync {mall_id}",
    ),
    IncidentKind.deletion_braked: KindText(
        name="대량 삭제 보류",
        title="대량 삭제를 막으려고 동기화를 멈췄습니다",
        what="전체 동기화가 허용된 비율보다 많은 상품을 지우려 했습니다. 아무것도 지우지 "
        "않았습니다.",
        todo="몰 관리자에서 정말 지워졌는지 확인하세요. 정말 지워졌을 때만 아래 명령으로 삭제를 "
        "허용하세요. 그대로 있다면 아무것도 하지 말고 Cafe24에 문의하세요.",
        command="sync {mall_id} --full --allow-deletions",
    ),
    IncidentKind.sync_mismatch: KindText(
        name="상품 수 불일치",
        title="상품 표와 몰의 상품 수가 다릅니다",
        what="동기화가 두 번 이어서 몰이 세는 상품 수와 다르게 끝났습니다. 읽은 상품은 맞지만 "
        "전부는 아닙니다.",
        todo="아래 명령으로 전부 다시 읽으세요. 그래도 다르면 어떤 상품이 개수에는 있고 목록에는 "
        "없는지 Cafe24에 문의하세요.",
        command="sync {mall_id} --full",
    ),
    IncidentKind.records_quarantined: KindText(
        name="따로 둔 상품",
        title="저장하지 못한 상품이 있습니다",
        what="Cafe24가 준 기록 중 테이블에 맞지 않는 것을 원문과 이유 그대로 따로 두었습니다. "
        "나머지는 모두 동기화되었습니다. 더 늘어날 때만 다시 알립니다.",
        todo="product_quarantine 테이블에서 이유를 보고 몰 관리자에서 상품을 고치세요. "
        "다음 동기화나 아래 명령이 다시 읽어 들입니다.",
        command="sync {mall_id} --full",
    ),
    IncidentKind.mall_unseen: KindText(
        name="점검할 수 없는 몰",
        title="이 몰의 토큰이 언제 만료되는지 볼 수 없습니다",
        what="Vault가 이 몰의 날짜를 점검에 보여 주지 않아, 토큰이 만료되어도 아무도 모르게 "
        "됩니다. 토큰 자체는 정상일 수 있습니다.",
        todo="아래 명령으로 Vault에서 무엇이 잘못됐는지 확인하고 고치세요. 대개 정책이나 문서를 "
        "손으로 바꾼 것이 원인입니다.",
        command="doctor",
    ),
    IncidentKind.vault_signin_expiring: KindText(
        name="Vault 로그인 만료 임박",
        title="Vault 로그인이 만료되었습니다",
        title_with_left="Vault 로그인이 {left} 뒤 만료됩니다",
        what="vault:keeper가 만료되면 모든 몰의 토큰 갱신이 멈추고, vault:monitor가 만료되면 토큰 "
        "만료를 아무도 알아채지 못합니다.",
        todo="Vault에서 새 secret_id를 발급해 .env에 넣으세요. 아래 명령이 실행에 반영하고 "
        "확인합니다.",
        command=f"setup && {MANAGE} doctor",
    ),
    IncidentKind.slack_refused: KindText(
        name="Slack 채널 거부",
        title="알림을 받지 않는 Slack 채널이 있습니다",
        what="두 번째 채널이 받는 동안 알림은 그쪽으로 갑니다. 어느 채널도 받지 않는 알림은 "
        "사라지지 않고 기다립니다.",
        todo="원인에 적힌 대로 고치고 .env를 바꾸세요. 아래 명령이 실행에 반영하고, 다음 점검이 "
        "채널이 살아났는지 알려 줍니다.",
        command=f"setup && {MANAGE} doctor",
    ),
}

KOREAN = Texts(
    kinds=_KINDS,
    facts={
        "malls": "몰 수",
        "first_malls": "그중",
        "host": "호스트",
        "generation": "세대",
        "mode": "방식",
        "stored": "저장된 상품",
        "would_delete": "지우려던 상품",
        "quarantined": "따로 둔 기록",
        "last_refresh_at": "마지막 갱신",
        "access_expires_at": "액세스 토큰 만료",
    },
    grades={"warning": "경고", "critical": "긴급"},
    purposes={
        Purpose.opened: "새 알림",
        Purpose.escalated: "더 급해짐",
        Purpose.reminder: "다시 알림",
        Purpose.recovered: "복구",
    },
    units=Units(
        day="{}일",
        days="{}일",
        hour="{}시간",
        hours="{}시간",
        minute="{}분",
        minutes="{}분",
        under_a_minute="1분 미만",
    ),
    mall="몰",
    app="앱",
    credential="자격 증명",
    reason="원인",
    grade="등급",
    since="언제부터",
    since_ago="{moment} ({ago} 전)",
    left="남은 시간",
    left_until="{left} ({moment}까지)",
    dead="없음 (이 토큰은 더 쓸 수 없습니다)",
    ended_at="없음 ({moment}에 만료)",
    todo_title="지금 할 일",
    open_run="실행 보기",
    open_form="동의 화면 열기",
    runbook="대응 절차",
    snooze="한동안 다시 알리지 않기: `{command}`",
    incident="인시던트 #{number}",
    recovered_title="{who} 복구: {name}",
    recovered_what="*{name}* 인시던트가 *{lasted}* 만에 해결되었습니다. 더 할 일은 없습니다.",
    recovered_at="해결",
    lasted="걸린 시간",
    digest_title="한꺼번에 알리는 인시던트 {count}건",
    digest_group="*{name}* · {purpose} · {count}건",
    digest_note="자세히 보기: `.venv/bin/python manage.py status`",
    server_lane=ServerLaneTexts(
        state_names={
            "Failed": "실패",
            "Crashed": "비정상 종료",
            "TimedOut": "시간 초과",
            "Late": "지연",
        },
        run="실행",
        deployment="배포",
        when="언제",
        reason="원인",
        todo_title="지금 할 일",
        todo="실행 기록을 열어 원인을 확인하고, 해결한 뒤 같은 화면에서 다시 실행하세요.",
        open_run="실행 보기",
        context="Prefect 서버가 직접 보낸 알림입니다. 워커가 꺼져 있어도 도착합니다.",
        zombie="프로세스의 생존 신호가 끊겨 서버가 이 실행을 끝냈습니다.",
        begun_again="프로세스가 아무 말 없이 끝났습니다. 다음 워커가 다시 시작합니다.",
        shard_todo="이 묶음에 대해 할 일은 없습니다. 1분 뒤 워커가 저절로 다시 시작하며, 이미 한 "
        "일은 되풀이하지 않습니다. 프로세스가 왜 죽었는지 워커의 로그와 메모리를 확인하세요. 세 번 "
        "죽으면 그 묶음의 몰을 실패로 알립니다.",
        late="실행을 시작한 워커가 없습니다. 워커가 꺼져 있거나 모두 바쁩니다.",
        planned="예정 시각",
        start_worker="워커가 살아 있는지 확인하세요: `.venv/bin/python manage.py doctor`. "
        f"꺼져 있으면 시작하세요: `{START_WORKER}`. 밀린 실행은 저절로 시작됩니다.",
        silence_title="check-expiry: {left} 동안 소식 없음",
        silence="*{left}* 동안 끝난 *check-expiry* 실행이 없습니다. "
        "다시 끝날 때까지 토큰 만료 경고도, 밀린 갱신도 없습니다.",
        silence_todo="토큰 상태를 확인하세요: `.venv/bin/python manage.py status`. "
        "워커가 살아 있고 check-expiry/six-hourly 일정이 켜져 있는지 확인한 뒤 지금 실행하세요: "
        "`.venv/bin/prefect deployment run check-expiry/six-hourly`.",
        last_completed="마지막 완료",
        open_runs="실행 목록 보기",
        pool_title=": 응답하는 워커 없음",
        pool="살아 있는 워커가 없어 아무것도 실행되지 않습니다. "
        "토큰 갱신, 상품 동기화, 만료 점검은 물론 워커가 보내는 알림도 멈춥니다.",
        open_pool="워크 풀 보기",
    ),
)
