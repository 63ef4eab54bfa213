from typing import Any

CoursePackage = Any


def read_course(*a: Any) -> Any: ...
