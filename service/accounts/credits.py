"""Numbers of credits in words."""


def amount(credits: int) -> str:
    """Word a number of credits: `1 credit`, `12 credits`."""
    return f"{credits} credit{'' if credits == 1 else 's'}"


def charge_note(credits: int) -> str:
    """Word what was charged: `1 credit was charged`."""
    return f"{amount(credits)} {'was' if credits == 1 else 'were'} charged"
