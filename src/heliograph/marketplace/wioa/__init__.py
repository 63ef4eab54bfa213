"""Reports under the Workforce Innovation and Opportunity Act (WIOA): what people record of participants, and
the files and figures made of it (decision 43).
"""
