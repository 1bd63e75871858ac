"""What the Sahara API documentation lists: a snapshot, for warnings without a network.

Sahara API documentation, "Discover Available Models & Providers" (checked 2026-11-22). The catalog may have
grown since, so what is not listed is doubtful, never wrong.
"""

from __future__ import annotations

PROVIDERS = ("lepton", "predibase", "sagemaker", "bedrock", "openai", "together")

MODELS = (
    "llama-3-8b",
    "gpt-4o",
    "deepseek-ai/DeepSeek-V3",
    "deepseek-ai/DeepSeek-R1",
    "llama3-3-70b",
    "Qwen/Qwen2.5-72B-Instruct-Turbo",
    "meta-llama/Llama-3.3-70B-Instruct-Turbo",
    "Qwen/Qwen2.5-7B-Instruct-Turbo",
    "meta-llama/Meta-Llama-3.1-8B-Instruct-Turbo",
    "llama3-1-8b",
    "deepseek-ai/DeepSeek-V3-0324",
)
