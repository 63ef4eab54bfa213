"""Ten courses of our own: what they say is in `texts/`, one file each; `build` makes packages of it, in the
standard that the file names. The video is drawn once by `tools/demo_video.py`.
"""

from heliograph.demo.courses.build import build
from heliograph.demo.courses.content import COURSES, Course, Lesson, Question, read_course

__all__ = ["COURSES", "Course", "Lesson", "Question", "build", "read_course"]
