// SPDX-License-Identifier: Apache-2.0
#include "evidence/report_findings.h"

#include <boost/json/object.hpp>

namespace countersign::evidence {

std::string write_findings_text(const std::vector<Finding>& findings, std::string_view indentation) {
  std::string text;
  for (const Finding& finding : findings)
    text.append(indentation)
        .append("wrong: " + finding.path + ": ")
        .append(error_name(finding.code))
        .append(": " + finding.detail + "\n");
  return text;
}

boost::json::array array_of(const std::vector<Finding>& findings) {
  boost::json::array array;
  for (const Finding& finding : findings)
    array.push_back(boost::json::object{
        {"code", error_name(finding.code)}, {"path", finding.path}, {"detail", finding.detail}});
  return array;
}

}  // namespace countersign::evidence
