"""Numbers of credits in words."""

from service.accounts.credits import amount, charge_note


def test_one_credit_is_not_several() -> None:
    assert [amount(number) for number in (0, 1, 12)] == ["0 credits", "1 credit", "12 credits"]
    assert [charge_note(number) for number in (1, 12)] == ["1 credit was charged", "12 credits were charged"]
