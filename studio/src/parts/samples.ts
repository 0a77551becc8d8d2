/** Requests to be copied: each dialect in each language, filled with this server's address. */

export type Language = 'curl' | 'Python' | 'JavaScript';
export const LANGUAGES: Language[] = ['curl', 'Python', 'JavaScript'];

export interface Dialect {
    name: string;
    about: string;
    write: (language: Language, base: string, files: Files) => string;
}

export interface Files {
    image: string;
    video: string;
}

interface Request {
    /** `NAME: value` of the key's header; `$KEY` stands for the key. */
    keyHeader: string;
    path: string;
    body: Record<string, unknown>;
    /** How the result is waited for, in each language, once `answer` holds the first answer. */
    then: Record<Language, (base: string) => string>;
}

function write(language: Language, base: string, request: Request): string {
    const [header = '', value = ''] = request.keyHeader.split(': ');
    const json = JSON.stringify(request.body, null, 2);
    const then = request.then[language](base);
    switch (language) {
        case 'curl':
            return `KEY=your-key
curl -s ${base}${request.path} \\
  -H "${header}: ${value}" \\
  -H 'Content-Type: application/json' \\
  -d '${json.replaceAll("'", "'\\''")}'
${then}`;
        case 'Python': {
            const python = json.replace(/\btrue\b/g, 'True').replace(/\bfalse\b/g, 'False');
            const secret = value === '$KEY' ? 'KEY' : `f"${value.replace('$KEY', '{KEY}')}"`;
            return `import requests, time

KEY = "your-key"
BASE = "${base}"
headers = {"${header}": ${secret}}
answer = requests.post(BASE + "${request.path}", headers=headers, json=${python}).json()
${then}`;
        }
        case 'JavaScript': {
            const secret = value === '$KEY' ? 'KEY' : `\`${value.replace('$KEY', '${KEY}')}\``;
            return `const KEY = "your-key";
const BASE = "${base}";
const headers = { "${header}": ${secret}, "Content-Type": "application/json" };
const answer = await (await fetch(BASE + "${request.path}", {
  method: "POST",
  headers,
  body: JSON.stringify(${json.replaceAll('\n', '\n  ')}),
})).json();
${then}`;
        }
    }
}

const PIXAZO = '/kling-video-v2-6-standard-motion-control/v1/kling-video-v2-6-standard-motion-control-request';

export const DIALECTS: Dialect[] = [
    {
        name: 'Native',
        about: 'Pantomime’s own interface: uploads, checks, events, previews, cancel and retry.',
        write: (language, base, { image, video }) =>
            write(language, base, {
                keyHeader: 'Authorization: Bearer $KEY',
                path: '/api/v1/jobs',
                body: { image_url: image, video_url: video, character_orientation: 'video', keep_original_sound: true },
                then: {
                    curl: () => `# The answer's links.events tells how it goes: curl -N with the same header.`,
                    Python: () => `while answer["state"] in ("queued", "running"):
    time.sleep(2)
    answer = requests.get(answer["links"]["self"], headers=headers).json()
print(answer["output"]["url"] if answer["output"] else answer["error"])`,
                    JavaScript: () => `let job = answer;
while (job.state === "queued" || job.state === "running") {
  await new Promise((resolve) => setTimeout(resolve, 2000));
  job = await (await fetch(job.links.self, { headers })).json();
}
console.log(job.output?.url ?? job.error);`,
                },
            }),
    },
    {
        name: 'Pixazo',
        about: 'Kling 2.6 standard motion control as Pixazo’s page has it: submit, then ask for the result.',
        write: (language, base, { image, video }) =>
            write(language, base, {
                keyHeader: 'Ocp-Apim-Subscription-Key: $KEY',
                path: PIXAZO,
                body: { image_url: image, video_url: video, character_orientation: 'video', keep_original_sound: true },
                then: {
                    curl: (base) => `# Then, with the request_id of the answer:
curl -s ${base}${PIXAZO}-result \\
  -H "Ocp-Apim-Subscription-Key: $KEY" \\
  -H 'Content-Type: application/json' \\
  -d '{"request_id": "…"}'`,
                    Python: () => `result = {"status": answer["status"]}
while result["status"] in ("IN_QUEUE", "IN_PROGRESS"):
    time.sleep(2)
    result = requests.post(BASE + "${PIXAZO}-result", headers=headers,
                           json={"request_id": answer["request_id"]}).json()
print(result.get("output_url") or result["error_message"])`,
                    JavaScript: () => `let result = answer;
while (result.status === "IN_QUEUE" || result.status === "IN_PROGRESS") {
  await new Promise((resolve) => setTimeout(resolve, 2000));
  result = await (await fetch(BASE + "${PIXAZO}-result", {
    method: "POST",
    headers,
    body: JSON.stringify({ request_id: answer.request_id }),
  })).json();
}
console.log(result.output_url ?? result.error_message);`,
                },
            }),
    },
    {
        name: 'Segmind v1',
        about: 'Segmind’s synchronous call: the answer comes when the video stands.',
        write: (language, base, { image, video }) =>
            write(language, base, {
                keyHeader: 'x-api-key: $KEY',
                path: '/v1/kling-2.6-standard-motion-control',
                body: { prompt: '', image_url: image, video_url: video, character_orientation: 'video', keep_original_sound: true },
                then: {
                    curl: () => `# Or the video itself: add ?response_format=binary and -o out.mp4.`,
                    Python: () => `print(answer.get("output_url") or answer["error"])`,
                    JavaScript: () => `console.log(answer.output_url ?? answer.error);`,
                },
            }),
    },
    {
        name: 'Segmind v2',
        about: 'Segmind’s asynchronous call, as its Python SDK makes it.',
        write: (language, base, { image, video }) =>
            write(language, base, {
                keyHeader: 'x-api-key: $KEY',
                path: '/v2/kling-2.6-standard-motion-control',
                body: { prompt: '', image_url: image, video_url: video, character_orientation: 'video', keep_original_sound: true },
                then: {
                    curl: () => `# Then ask the answer's status_url, and its response_url once that says COMPLETED.`,
                    Python: () => `status = answer["status"]
while status in ("QUEUED", "PROCESSING"):
    time.sleep(2)
    status = requests.get(answer["status_url"], headers=headers).json()["status"]
print(requests.get(answer["response_url"], headers=headers).json())`,
                    JavaScript: () => `let { status } = answer;
while (status === "QUEUED" || status === "PROCESSING") {
  await new Promise((resolve) => setTimeout(resolve, 2000));
  ({ status } = await (await fetch(answer.status_url, { headers })).json());
}
console.log(await (await fetch(answer.response_url, { headers })).json());`,
                },
            }),
    },
];
