export {
  describeMistakes,
  loadSiteFile,
  parseSiteFile,
  SiteFileError,
  type SiteFileMistake,
} from './load.ts';
