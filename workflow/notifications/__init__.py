"""The outbox: telling people and flows what happened, and what became of telling them.

`outbox` and `telling` write in the transaction of what they tell; `sending` hands out what waits to one
sender at a time; `mail` is the way out; `inbox` and `overview` are what people see of it.
"""
