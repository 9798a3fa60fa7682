"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.hasEnded = exports.FINAL = void 0;
exports.FINAL = ['completed', 'failed', 'canceled'];
const hasEnded = (run) => exports.FINAL.includes(run.status);
exports.hasEnded = hasEnded;
