"""Static files: stored under names with a hash, module imports included, and served by WhiteNoise."""

import asyncio
from contextlib import closing
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleStorage(CompressedManifestStaticFilesStorage):
    """Rewrites ``import … from "./x.js"`` to hashed names too, so that modules may be cached for ever."""

    support_js_module_import_aggregation = True


class StaticFiles(WhiteNoiseMiddleware):
    """WhiteNoise, without a thread for each request that asks for no file: its own middleware is synchronous."""

    sync_capable = async_capable = True

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        return self.answer(request) if iscoroutinefunction(self) else super().__call__(request)

    async def answer(self, request: HttpRequest) -> Any:
        """The file in one piece (they are small), or what the site answers."""
        path = request.path_info
        file = self.find_file(path) if self.autorefresh else self.files.get(path)
        return await (self.get_response(request) if file is None else asyncio.to_thread(self.read, file, request))

    def read(self, file: Any, request: HttpRequest) -> HttpResponse:
        """WhiteNoise's answer, read to its end."""
        with closing(self.serve(file, request)) as streamed:
            return HttpResponse(b"".join(streamed), status=streamed.status_code, headers=streamed.headers)
