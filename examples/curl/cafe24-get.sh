#!/bin/sh
# Calls a mall's Admin API with the access token that Vault holds. Needs curl and sed; no jq.
#
#   VAULT_ADDR=... VAULT_ROLE_ID=... VAULT_SECRET_ID=... ./cafe24-get.sh MALL /api/v2/admin/products/count
#
# It refreshes nothing, and cannot. No secret stands in an argument, where `ps` shows it:
# curl reads them from its standard input. Exit 1: no token to be had. Exit 22: Cafe24 refused.
set -eu

mall=${1:?Give a mall id, such as samplemall.}
path=${2:?Give a path, such as /api/v2/admin/products/count}
: "${VAULT_ADDR:?Set it: where is Vault?}" "${VAULT_ROLE_ID:?Set it.}" "${VAULT_SECRET_ID:?Set it.}"
place="${CAFE24_VAULT_MOUNT:-secret}/data/${CAFE24_VAULT_PREFIX:-cafe24}/access/$mall"
api=$(printf %s "${CAFE24_API_URL:-https://{mall_id\}.cafe24api.com}" | sed "s/{mall_id}/$mall/")

stop() { echo "$1" >&2; exit 1; }

case $mall in
undefined | null | *[!a-z0-9-]*) stop "'$mall' is no mall id. Give the one before .cafe24.com." ;;
esac

# The text of a field in JSON. Tokens are plain words, so nothing in them is escaped.
field() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p"; }

login() {
    printf '{"role_id": "%s", "secret_id": "%s"}' "$VAULT_ROLE_ID" "$VAULT_SECRET_ID" |
        curl -fsS -m 5 --data-binary @- "$VAULT_ADDR/v1/auth/approle/login" | field client_token
}

read_token() {
    printf 'header = "X-Vault-Token: %s"' "$sign_in" |
        curl -fsS -m 5 -K - "$VAULT_ADDR/v1/$place" | field access_token
}

call() {
    printf 'header = "Authorization: Bearer %s"' "$token" |
        curl -sS -m 60 -K - -o "$answer" -w '%{http_code}' "$api$path"
}

answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

sign_in=$(login)
[ -n "$sign_in" ] || stop "Vault refuses the reader's sign-in: have a new secret_id issued."
token=$(read_token)
[ -n "$token" ] || stop "Vault shows no access token of $mall. Is it connected (manage.py authorize $mall), and does the role have the policy cafe24-reader-$mall?"
status=$(call)
if [ "$status" = 401 ]; then
    used=$token
    token=$(read_token)
    # The same one again: nobody refreshed, and another call would change nothing.
    [ "$token" = "$used" ] || status=$(call)
fi
cat "$answer"
case $status in
2*) ;;
401) echo "Cafe24 takes the token no more. Whoever runs the keeper: manage.py keep-warm $mall on, and manage.py refresh $mall" >&2; exit 22 ;;
*) echo "Cafe24 answers $status." >&2; exit 22 ;;
esac
