def main(name: str = "world") -> dict:
    """Greets. The annotations are the input's schema: a name that is not a text is answered with 400."""
    return {"message": f"Hello, {name}!"}
