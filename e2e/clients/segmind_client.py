"""Drives a server with Segmind's own client, as its users do: only the host differs.

usage: segmind_client.py BASE_URL KEY IMAGE_URL VIDEO_URL MISSING_URL OUTPUT.mp4
"""

import sys

import httpx
from segmind import SegmindClient
from segmind.exceptions import SegmindError
from segmind.v2 import InferenceFailed

MODEL = "kling-2.6-standard-motion-control"


def main(base, key, image, video, missing, output):
    client = SegmindClient(api_key=key, base_url=f"{base}/v1", timeout=600.0)
    pair = {"prompt": "", "image_url": image, "video_url": video}

    answer = client.run_sync(MODEL, **pair)
    body = answer.json()
    assert body["status"] == "COMPLETED", body
    assert answer.headers["x-remaining-credits"], answer.headers
    made = httpx.get(body["output"])
    assert made.headers["content-type"] == "video/mp4", made.headers
    with open(output, "wb") as file:
        file.write(made.content)

    body = client.run(MODEL, **pair)
    assert body["status"] == "COMPLETED" and body["output"].endswith(".mp4"), body

    job = client.submit_async(MODEL, **pair)
    assert job.status()["status"] in ("QUEUED", "PROCESSING", "COMPLETED")
    body = job.wait(timeout=600.0, interval=0.2)
    assert body["video"]["content_type"] == "video/mp4", body
    assert body["metrics"]["total_time"] > 0, body

    failing = client.submit_async(MODEL, **{**pair, "image_url": missing})
    try:
        failing.wait(timeout=600.0, interval=0.2)
    except InferenceFailed as error:
        assert error.detail and error.detail.endswith("."), error.detail
        assert error.status_body["status"] == "FAILED", error.status_body
    else:
        raise AssertionError("a job without an image did not fail")

    credits = httpx.get(f"{base}/v1/get-user-credits", headers={"x-api-key": key}).json()
    assert credits["credits"] > 0, credits

    stranger = SegmindClient(api_key="nobody's", base_url=f"{base}/v1")
    for call in (stranger.run_sync, stranger.run, stranger.submit_async):
        try:
            call(MODEL, **pair)
        except SegmindError as error:
            assert error.status == 401, error
            assert error.detail.startswith("Missing or invalid API key"), error.detail
        else:
            raise AssertionError("a bad key was taken")
    print("good")


main(*sys.argv[1:])
