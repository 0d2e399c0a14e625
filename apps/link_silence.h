// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/settings.h"
#include "link/connection.h"

namespace countersign::app {

// link.silence of the two ends of a link: how long the other may say nothing. Each says something three times
// within its own.
inline Result<link::ConnectionOptions> read_link_silence(Config& config) {
  link::ConnectionOptions options;
  TRY(options.silence_limit, read_limit(config, "link.silence", options.silence_limit));
  options.ping_after = options.silence_limit / 3;
  return options;
}

}  // namespace countersign::app
