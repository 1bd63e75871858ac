"""The shop's own functions, for `shop_support.yaml`: a real shop asks its database and its bank here."""

from __future__ import annotations

from typing import Literal, TypedDict

from agents_sahara import tool
from agents_sahara.tools.context import ToolContext
from agents_sahara.tools.marking import ToolError


class Order(TypedDict):
    """What the shop knows of an order."""

    order: int
    status: Literal["shipped", "lost", "delivered"]
    paid: float


ORDERS: dict[int, Order] = {
    77: {"order": 77, "status": "lost", "paid": 40.0},
    78: {"order": 78, "status": "shipped", "paid": 19.5},
    79: {"order": 79, "status": "delivered", "paid": 240.0},
}
REFUNDS: dict[str, float] = {}
"""What was paid back, by the key of the call: a call that is repeated pays once."""


@tool
def lookup_order(order: int) -> Order:
    """Says what became of an order.

    Args:
        order: The order's number.
    """
    if order not in ORDERS:
        raise ToolError(f"there is no order {order}")
    return ORDERS[order]


@tool
def refund(context: ToolContext, order: int, amount: float) -> str:
    """Pays an order back.

    Args:
        order: The order's number.
        amount: How much, in euro.
    """
    if order not in ORDERS or not 0 < amount <= ORDERS[order]["paid"]:
        raise ToolError("more than was paid, or no such order")
    REFUNDS.setdefault(context.idempotency_key, amount)
    return f"{amount:.2f} euro will be back within three days"
