export { definitionMistakes } from './definition-meaning.ts';
export {
  describeMistakes,
  loadSiteFile,
  parseSiteFile,
  SiteFileError,
  type SiteFileMistake,
} from './load.ts';
