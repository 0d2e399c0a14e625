// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "authority/log/tile_publisher.h"
#include "http/router.h"

namespace countersign::authority {

// add_log_routes serves the published log below /log, as C2SP tlog-tiles has it: GET /log/checkpoint,
// /log/checkpoint.witnessed and /log/tile/…, out of the folder. A tile that is missing there, or is not
// whole, is mended first. Both outlive the server.
void add_log_routes(http::Router& router, PublicFolder& folder, TilePublisher& publisher);

}  // namespace countersign::authority
