"""The one seam from numbers to mobjects: a run as the stage needs it."""
