// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>

#include "http/message.h"

namespace countersign::http {

// json_answer is json_response of an object, written without white space.
Response json_answer(int status, const boost::json::object& object);

}  // namespace countersign::http
