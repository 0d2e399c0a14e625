// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "evidence/verify.h"

namespace countersign::evidence {

// The parts of a report that are about time-stamps, and about what holds now.
void write_stamp_lines(std::string& text, const Report& report);
// The lines alone, for stamps by themselves.
void write_stamp_lines(std::string& text, const StampsStatement& stamps);
void put_stamps(const Report& report, boost::json::object& object);

}  // namespace countersign::evidence
