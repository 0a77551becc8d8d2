"""Draws a .character in the poses of a .motion by a Python prototype, and prints its processor time as JSON.

  prototype_drawing.py PROTOTYPE_FOLDER STILL.character DRIVER.motion

Needs numba, numpy, opencv, scipy and scikit-image. Pictures have the character's size; the expression of the face, which the
prototype draws into a copy of its texture, is left out.
"""
import json, os, sys, tempfile, time, zipfile

FRAMES = 60
prototype, character, motion = map(os.path.abspath, sys.argv[1:4])
sys.path.insert(0, prototype)
import cv2, numpy as np

archive = zipfile.ZipFile(character)
still = json.loads(archive.read("character.json"))["landmarks"]
with open(motion) as file:
    clip = json.load(file)

# The prototype reads a canonical face, by which it tells where a head faces; the still's own does for that.
scratch = tempfile.TemporaryDirectory()
os.chdir(scratch.name)
os.mkdir("data")
face = np.array(still["face"], np.float32)
with open("data/canonical.obj", "w") as out:
    for x, y, z in (face[:468] - face[:468].mean(0)) / 20:
        out.write(f"v {x} {-y} {-z}\n")
    out.write("f 1 2 3\n")
from avatar import Char
from drive import Driver, retarget

def picture(name):
    return cv2.imdecode(np.frombuffer(archive.read(name), np.uint8), cv2.IMREAD_UNCHANGED)

def body(people):
    """Image places with visibility and metres, each (people, 33, 4)."""
    flat = np.array([person["body"] for person in people], np.float32).reshape(len(people), 33, 8)
    metres = np.concatenate([flat[..., 3:6], flat[..., 6:7]], -1)
    return np.concatenate([flat[..., :3], flat[..., 6:7]], -1), metres

marks = still["body"].values()
pose = np.array([[p["x"], p["y"], p["z"], p["visibility"]] for p in marks], np.float32)
world = np.array([[*p["world"], p["visibility"]] for p in marks], np.float32)
char = Char(picture("image.png")[..., :3], picture("matte.png").astype(np.float32) / 255, pose, world, face=face)

people = [person for person in clip["people"] if person][:FRAMES]
poses, metres = body(people)
nothing = np.full((478, 3), np.nan, np.float32)
faces = np.stack([nothing if p["face"] is None else np.array(p["face"], np.float32).reshape(-1, 3) for p in people])
driver = Driver({"pose": poses, "world": metres, "face": faces}, 24.0)
targets, scales, heads = retarget(char, driver)

def draw(frame):
    turned = heads[frame] if np.isfinite(heads[frame]).all() else None
    places, keys, shade = char.deform(targets[frame], scales[frame], turned)
    return char.render(places, keys, shade, char.plate.astype(np.float32))

draw(0)  # Compiles.
before = time.process_time()
for frame in range(len(people)):
    draw(frame)
drawing = time.process_time() - before
print(json.dumps({"frames": len(people), "cpu_secs": drawing}))
