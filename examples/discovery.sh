#!/bin/sh
# Ask the gateway what it serves, with curl: the five discovery calls, which take the key as `x-api-key`.
set -eu

base_url="${SAHARA_BASE_URL:-https://portal.saharalabs.ai/api/compute}"
: "${SAHARA_API_KEY:?set SAHARA_API_KEY to your key}"

# The key goes in through standard input: arguments can be read by every user of the machine (`ps`).
get() {
    printf 'header = "x-api-key: %s"\n' "$SAHARA_API_KEY" |
        curl --silent --show-error --fail --config - --header 'Accept: application/json' "$base_url/$1"
}

echo "All models:"
get models
echo

echo "All providers:"
get providers
echo

echo "Models of predibase:"
get 'models?provider=predibase'
echo

echo "Providers of deepseek-ai/DeepSeek-V3:"
providers=$(get 'providers?model=deepseek-ai/DeepSeek-V3')
echo "$providers"
case $providers in
    *together*) ;;
    *) echo "together no longer serves deepseek-ai/DeepSeek-V3" >&2; exit 1 ;;
esac

echo "That model at together:"
get 'modelDetail?model=deepseek-ai/DeepSeek-V3&provider=together'
echo
