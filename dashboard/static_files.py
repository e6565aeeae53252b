"""How static files are stored for serving: under names with a hash, module imports included."""

from servestatic.storage import CompressedManifestStaticFilesStorage


class ModuleStorage(CompressedManifestStaticFilesStorage):
    """Rewrites ``import … from "./x.js"`` to hashed names too, so that modules may be cached for ever."""

    support_js_module_import_aggregation = True
