"""Every session in a course told as statements, by ADL's SCORM profile (https://w3id.org/xapi/scorm): `rules`
says which, `following` when.
"""
