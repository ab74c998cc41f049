/** What each kind of record is called, says of itself, and where it goes on. */

import { RECHECK, VISIT, reopen } from "../offline/drafts.js";
import { facility as find } from "../offline/pack.js";
import { reopenRecheck } from "../offline/rechecks.js";
import * as todo from "../offline/todo.js";
import { t } from "../lib/words.js";

/** Where a draft is gone on with. */
export const visitUrl = (draft) => `/visit/${draft.checklist.key}/${draft.checklist.version}#draft=${draft.id}`;

/** Where a problem is re-checked. */
export const recheckUrl = ({ id }) => `/recheck#problem=${id}`;

/** Where a step of the facility's is taken. */
export const todoUrl = (kind, { id }) => (kind === todo.SIGN ? `/todo/notice#notice=${id}` : `/todo/problem#problem=${id}&act=${todo.actOf(kind)}`);

/** What the facility's steps have in common. @param {() => string} name @param {() => string} received */
const step = (name, received) => ({
  name, receipt: received,
  numbers: ({ about }) => [about.number, about.what].filter(Boolean).join("　"),
  address: ({ problem, notice }) => (notice ? `/notices/${notice}` : problem && `/problems/${problem}`),
  read: () => t("看经过", "See its history"),
  later: () => t("联网后可看经过。", "With signal its history can be read."),
  isAmendable: async () => false,
  reopened: async ({ id, kind, about }) => {
    await todo.reopen(kind, id);
    return todoUrl(kind, about); // or the one that was begun anew meanwhile
  },
  url: ({ kind, about }) => todoUrl(kind, about),
});

const RECORDS = {
  [todo.kindOf("plan")]: step(() => t("整改措施", "Plan"), () => t("措施已收到，等审核", "The plan was received and waits for review")),
  [todo.kindOf("progress")]: step(() => t("整改进展", "Progress"), () => t("进展已收到", "Progress was received")),
  [todo.kindOf("report")]: step(() => t("整改报告", "Report"), () => t("报告已收到，等复查", "The report was received and waits for a re-check")),
  [todo.kindOf("ask_extension")]: step(() => t("延期申请", "More time"), () => t("申请已收到，等审批", "The request was received and waits for an answer")),
  [todo.SIGN]: step(() => t("通知书签收", "Notice signed for"), () => t("已签收，民政部门已收到", "The signature was received")),
  [VISIT]: {
    name: () => t("检查记录", "Visit"),
    numbers: ({ receipt }) => (receipt?.problems ?? []).map(({ number }) => number).filter(Boolean).join("　"),
    receipt: ({ number }) => t(`回执号 ${number}`, `Receipt ${number}`),
    address: ({ visit }) => visit && `/visits/${visit}`,
    read: () => t("看记录", "See the record"),
    later: () => t("要看或更正记录，请联网后再来。", "With signal the record can be read and amended."),
    isAmendable: async ({ facility }) => {
      const place = await find(facility);
      return place && !place.isGone;
    },
    reopened: async ({ id }) => {
      const draft = await reopen(id);
      return draft && visitUrl(draft);
    },
    url: visitUrl,
  },
  [RECHECK]: {
    name: () => t("复查", "Re-check"),
    numbers: ({ about }) => `${about.number}　${about.what}`,
    receipt: ({ state }) => (state === "rechecked" ? t("已记为复查通过，等待销号", "Recorded as passed; it waits to be closed") : t("已记为复查不通过，退回整改", "Recorded as not passed and sent back")),
    address: ({ problem }) => problem && `/problems/${problem}`,
    read: () => t("看问题", "See the problem"),
    later: () => t("联网后可看问题的经过。", "With signal its history can be read."),
    isAmendable: async () => false,
    reopened: async ({ id, about }) => {
      await reopenRecheck(id);
      return recheckUrl(about); // or the one that was begun anew meanwhile
    },
    url: ({ about }) => recheckUrl(about),
  },
};

/** @param {{kind: string}} record a draft or an entry */
export const recordOf = ({ kind }) => RECORDS[kind] ?? RECORDS[VISIT];
