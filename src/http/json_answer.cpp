// SPDX-License-Identifier: Apache-2.0
#include "http/json_answer.h"

#include <boost/json/serialize.hpp>

namespace countersign::http {

Response json_answer(int status, const boost::json::object& object) {
  return json_response(status, boost::json::serialize(object));
}

}  // namespace countersign::http
