// The community scanner's own analysis of a pack's source: node scan.mjs <folder>. Its command wants a published one.
import { analyzePackage } from '@n8n/scan-community-package/scanner/scanner.mjs';

const result = await analyzePackage(process.argv[2]);
console.log(result.passed ? 'passed' : `${result.message}\n${result.details ?? ''}`);
process.exit(result.passed ? 0 : 1);
