import { ProblemError } from "@pulse/schema/problem";
import { planWorkflow } from "@pulse/schema/wire/workflow-plan";
import { queryOptions } from "@tanstack/solid-query";
import { api } from "../session/client.ts";
import { readText } from "./model/read-text.ts";
import { validate } from "./queries.ts";

/** What is wrong with a text that is to be saved, and what a run of it would do; `problem`: why that is not known without inputs. */
export const savePlanQuery = (text: string) =>
  queryOptions({
    queryKey: ["workflows", "plan", text],
    queryFn: async ({ signal }) => {
      const validation = await validate(text, signal);
      const definition = validation.valid ? readText(text).good?.definition : undefined;
      if (definition === undefined) return { validation, plan: null, problem: null };
      try {
        return {
          validation,
          plan: await api.call(planWorkflow, { body: { definition }, signal }),
          problem: null,
        };
      } catch (error) {
        // Inputs that it needs are for the run to give.
        if (!(error instanceof ProblemError) || error.code !== "validation_failed") throw error;
        return { validation, plan: null, problem: error.message };
      }
    },
    staleTime: 0,
    gcTime: 0,
  });
