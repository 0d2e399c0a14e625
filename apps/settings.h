// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/config.h"
#include "base/log.h"
#include "http/address_policy.h"

// Settings that several programs have.
namespace countersign::app {

// log.level: "debug", "info", "warning" or "error".
Result<LogLevel> read_log_level(Config& config, std::string fallback);

// Which addresses a program may speak to: "any", "public" or "loopback".
Result<http::AddressPolicy> read_address_policy(Config& config, std::string_view path, std::string fallback);

// How long something may take: a second at least, 50 at most.
Result<std::chrono::milliseconds> read_limit(Config& config, std::string_view path,
                                             std::chrono::milliseconds fallback);

// A time that is kept to the second: at least a minute; what would have to be rounded is refused.
Result<std::chrono::seconds> read_delay(Config& config, std::string_view path, std::chrono::seconds fallback);

}  // namespace countersign::app
