"""The xAPI resources: what programs ask of the record store over HTTP."""
