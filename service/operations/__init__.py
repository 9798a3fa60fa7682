"""The one door: what every face asks for, each one function in a module of its name.

`permit`, `call`, `estimate`, `submit`, `generate` and `cancel` are what REST, `/v1`, MCP and streams translate to; none
of them knows which face asks. `Service` is the parts of one process that they work with.
"""
