"""Ask the gateway what it serves: all models and providers, each filtered by the other, and one model's details."""

from __future__ import annotations

from agents_sahara import Sahara

MODEL, PROVIDER = "deepseek-ai/DeepSeek-V3", "together"


def main() -> None:
    with Sahara() as sahara:
        print("models:", ", ".join(sahara.models()))
        print("providers:", ", ".join(sahara.providers()))
        print(f"models of {PROVIDER}:", ", ".join(sahara.models(provider=PROVIDER)))
        print(f"providers of {MODEL}:", ", ".join(sahara.providers(model=MODEL)))
        detail = sahara.model_detail(MODEL, PROVIDER)
        print("detail:", detail)

        assert MODEL in sahara.models(provider=PROVIDER)
        assert PROVIDER in sahara.providers(model=MODEL)
        assert detail["name"] == MODEL


if __name__ == "__main__":
    main()
