// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/array.hpp>
#include <string>
#include <vector>

#include "evidence/verify.h"

namespace countersign::evidence {

// Findings as every report tells them: a line each, behind this indentation; and for programs.
std::string write_findings_text(const std::vector<Finding>& findings, std::string_view indentation);
boost::json::array array_of(const std::vector<Finding>& findings);

}  // namespace countersign::evidence
