"""Processor time of MediaPipe's holistic tracking (body, both hands, face with irises) over a clip, decoding not included.

    python mediapipe_tracking.py CLIP.mp4 LONG_SIDE_PX

Prints one line of JSON. Needs: pip install mediapipe==0.10.21
"""

import json
import os
import sys
import time

os.environ.setdefault("GLOG_minloglevel", "3")

import cv2
import mediapipe

cv2.setNumThreads(1)


def main(path, long_side_px):
    clip = cv2.VideoCapture(path)
    frames, seen, cpu_secs = 0, 0, 0.0
    with mediapipe.solutions.holistic.Holistic(model_complexity=1, refine_face_landmarks=True) as tracker:
        while True:
            more, picture = clip.read()
            if not more:
                break
            factor = min(1.0, long_side_px / max(picture.shape[:2]))
            if factor < 1.0:
                picture = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
            picture = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
            start = time.process_time()
            found = tracker.process(picture)
            cpu_secs += time.process_time() - start
            frames += 1
            seen += found.pose_landmarks is not None
    print(json.dumps({"frames": frames, "seen": seen, "cpu_secs": cpu_secs}))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
