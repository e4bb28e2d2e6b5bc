import { readme, type Template } from "./template.ts";

const approval: Template = {
  summary: { en: "a workflow that asks a person", es: "un flujo de trabajo que pregunta a una persona" },
  files: (name) => ({
    [`${name}.yaml`]: `name: ${name}
inputs:
  release: { type: string, required: true }
steps:
  - id: gate
    name: Approval
    type: prompt
    message: Publish \${{ inputs.release }}?
    options: ["Yes", { value: "No", outcome: cancel, style: danger }]
    form:
      ticket: { type: string, required: true, pattern: "^OPS-[0-9]+$" }
    timeout: 12h
    onTimeout: cancel
  - name: Publish
    type: set
    set:
      published: inputs.release + ' for ' + steps.gate.form.ticket
outputs:
  published: vars.published
`,
    "README.md": readme(
      name,
      "It waits for an answer and costs nothing meanwhile. At a terminal `pulse run` asks by itself; elsewhere people answer on the page that `pulse answer` names, or like this:",
      `pulse workflow deploy ${name}.yaml
execution=$(pulse run ${name} -i release=1.2.0 --no-follow)
until pulse answer "$execution" Yes -F ticket=OPS-7; do sleep 1; done
pulse run --attach "$execution"`,
    ),
  }),
};

const patch: Template = {
  summary: {
    en: "a workflow that patches servers in batches",
    es: "un flujo de trabajo que actualiza servidores por tandas",
  },
  files: (name) => ({
    [`${name}.yaml`]: `name: ${name}
description: Upgrades the packages of servers, one first and then the rest in batches
inputs:
  machines: { type: string, default: all }
  # Left on, the package manager only says what it would do.
  simulate: { type: boolean, default: true }
concurrency: { key: ${name}, limit: 1, onConflict: queue }
steps:
  - id: look
    name: What is there
    type: execute
    targets: { select: ["\${{ inputs.machines }}"] }
    command: uname -r; uptime
    delivery: atLeastOnce
  - id: upgrade
    name: Upgrade
    type: execute
    targets:
      select: ["\${{ inputs.machines }}"]
      strategy: { mode: rolling, canary: 1, batch: 50%, maxFailures: 0 }
    timeout: 20m
    env: { DEBIAN_FRONTEND: noninteractive, SIMULATE: "\${{ inputs.simulate ? '--simulate' : '' }}" }
    command: apt-get $SIMULATE -y upgrade
  - id: check
    name: Check
    type: execute
    targets: { select: ["\${{ inputs.machines }}"] }
    command: test ! -e /var/run/reboot-required || echo needs a restart
    delivery: atLeastOnce
outputs:
  machines: steps.upgrade.results.map(one => one.target)
`,
    "README.md": readme(
      name,
      `For machines with apt whose runners take commands (\`PULSE_COMMANDS=allow\`). It only simulates until it is run with \`-i simulate=false\`, which needs a runner that
may install packages. One machine goes first; the first failure stops the rest.`,
      `pulse workflow deploy ${name}.yaml
pulse workflow plan ${name}
pulse run ${name}`,
    ),
  }),
};

/** Templates of workflows. */
export const workflowTemplates = { approval, patch };
