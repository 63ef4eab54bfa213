"""The codes of the elements that a training provider touches, as PIRL (ETA-9172) numbers them, in our words.
No Django.
"""

from __future__ import annotations

from heliograph.core.translation import gettext_lazy as _

# Each a list of (code, what it means): the choices of a column, and what a file may hold.
FUNDING = [  # 903, 904, 905
    ("0", _("No")),
    ("1", _("Local formula")),
    ("2", _("Statewide")),
    ("3", _("Local formula and statewide")),
]
EMPLOYMENT_AT_ENTRY = [  # 400
    ("1", _("Employed")),
    ("2", _("Employed, notice of termination received")),
    ("3", _("Not in the labor force")),
    ("0", _("Unemployed")),
]
EDUCATION_AT_ENTRY = [  # 408
    ("0", _("None")),
    ("1", _("Secondary school diploma")),
    ("2", _("Secondary school equivalency")),
    ("3", _("Individualized education program")),
    ("4", _("Some postsecondary education")),
    ("5", _("Postsecondary certificate")),
    ("6", _("Associate degree")),
    ("7", _("Bachelor’s degree")),
    ("8", _("Beyond a bachelor’s degree")),
]
NO_REASON = "00"
EXIT_REASONS = [  # 923
    (NO_REASON, _("None: services ended")),
    ("01", _("Institutionalized")),
    ("02", _("Health or medical, over 90 days")),
    ("03", _("Deceased")),
    ("04", _("Called to active duty, 90 days or more")),
    ("05", _("Foster care, moved away")),
    ("06", _("Found to be ineligible")),
    ("07", _("Criminal offender in custody")),
]
# Whoever left for one of these reasons is in no indicator.
EXCLUDED = frozenset({"01", "02", "03", "04", "05"})

SELF_SERVICE, FOLLOW_UP = "self_service", "follow_up"
SERVICES = [
    ("career", _("Basic career service, with staff")),
    ("individualized", _("Individualized career service")),
    ("training", _("Training")),
    ("supportive", _("Supportive service")),
    (SELF_SERVICE, _("Self-service or information only")),
    (FOLLOW_UP, _("Follow-up")),
]
TRAINING_TYPES = [  # 1303
    ("01", _("On-the-job training")),
    ("02", _("Skill upgrading")),
    ("03", _("Entrepreneurial training")),
    ("04", _("Basic education or English with training")),
    ("05", _("Customized training")),
    ("06", _("Occupational skills training")),
    ("07", _("Basic education or English without training")),
    ("08", _("Prerequisite training")),
    ("09", _("Registered apprenticeship")),
    ("10", _("Occupational skills training for youth")),
    ("11", _("Other training")),
    ("12", _("Job readiness training with other training")),
    ("00", _("No training")),
]
NO_CREDENTIAL_EXPECTED = frozenset({"01", "05"})  # on-the-job and customized training
OUTCOME_TYPES = [  # 1304
    ("1", _("Industry-recognized certificate or certification")),
    ("2", _("Certificate of a registered apprenticeship")),
    ("3", _("License")),
    ("4", _("Associate degree")),
    ("5", _("Bachelor’s degree")),
    ("6", _("Community college certificate")),
    ("7", _("Secondary school diploma")),
    ("8", _("Employment")),
    ("9", _("Measurable skill gain")),
]
CREDENTIAL_TYPES = [  # 1800
    ("1", _("Secondary school diploma or equivalency")),
    ("2", _("Associate degree")),
    ("3", _("Bachelor’s degree")),
    ("4", _("Occupational license")),
    ("5", _("Occupational certificate")),
    ("6", _("Occupational certification")),
    ("7", _("Other recognized credential")),
]
GAIN_TYPES = [  # 1806 to 1810, one date for each
    ("functioning_level", _("Educational functioning level")),
    ("postsecondary", _("Postsecondary transcript")),
    ("secondary", _("Secondary transcript")),
    ("milestone", _("Training milestone")),
    ("progression", _("Skills progression")),
]
EMPLOYMENT_MATCHES = [  # 1601, 1603, 1605, 1607
    ("1", _("Wage records of the state")),
    ("2", _("Federal employment records")),
    ("3", _("Military employment records")),
    ("4", _("Other verification")),
    ("5", _("Not known yet")),
    ("0", _("Not employed")),
]
