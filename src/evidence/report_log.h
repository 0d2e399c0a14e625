// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "evidence/verify.h"

namespace countersign::evidence {

// The parts of a report that are about the public log.

// What a verdict says of the log, after what it says of the confirmation.
std::string log_verdict(const LogStatement& log);
void write_log_lines(std::string& text, const Report& report);
void put_log(const Report& report, boost::json::object& object);

}  // namespace countersign::evidence
