// SPDX-License-Identifier: Apache-2.0
#include "authority/log/log_routes.h"

namespace countersign::authority {
namespace {

// A checkpoint is out of date within a second; a tile never changes.
constexpr std::string_view kForAMoment = "public, max-age=1";
constexpr std::string_view kForEver = "public, max-age=31536000, immutable";

http::Response file_response(Bytes content, std::string_view media_type, std::string_view caching) {
  http::Response response = http::der_response(200, std::move(content), media_type);
  response.headers["Cache-Control"] = caching;
  return response;
}

Result<http::Response> give_checkpoint(PublicFolder& folder, std::string_view path) {
  TRY(auto content, folder.read(path, checkpoint::kMaxNoteSize));
  if (!content) return fail(ErrorCode::kNotFound, "log: no " + std::string(path) + " is published yet");
  if (!checkpoint::claimed_checkpoint(as_text(*content)))
    return fail(ErrorCode::kUnavailable, "log: the checkpoint is torn, and is written again");
  return file_response(std::move(*content), "text/plain; charset=utf-8", kForAMoment);
}

Result<http::Response> give_tile(PublicFolder& folder, TilePublisher& publisher, std::string_view path) {
  const auto tile = merkle::parse_tile_path(path);
  if (!tile) return fail(ErrorCode::kNotFound, "log: no such file");
  const TileKind kind = merkle::is_entries_path(path) ? TileKind::kEntries : TileKind::kHashes;
  const std::size_t size = tile_file_size(tile.value(), kind);
  auto content = folder.read(tile_file_path(tile.value(), kind), size);
  if (content && content.value() && content.value()->size() == size)
    return file_response(std::move(*content.value()), "application/octet-stream", kForEver);
  TRY(Bytes mended, publisher.mend(tile.value(), kind));
  return file_response(std::move(mended), "application/octet-stream", kForEver);
}

}  // namespace

void add_log_routes(http::Router& router, PublicFolder& folder, TilePublisher& publisher) {
  for (const std::string_view path : {kCheckpointFile, kWitnessedCheckpointFile})
    router.add_blocking("GET", "/log/" + std::string(path), [&folder, path](const http::Request&) {
      return http::answer(give_checkpoint(folder, path));
    });
  router.add_prefix("GET", "/log/tile/", [&folder, &publisher](const http::Request& request) {
    return http::answer(give_tile(folder, publisher, "tile/" + std::string(request.parameter("rest"))));
  });
}

}  // namespace countersign::authority
