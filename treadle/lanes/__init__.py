"""What happens between a trigger and an execution: the lane, the rules, the Lambda entry points.

Nothing is imported here: a Lambda handler (`treadle.lanes.sync`, `treadle.lanes.queued`) pays only for what it needs.
"""
