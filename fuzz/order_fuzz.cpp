// SPDX-License-Identifier: Apache-2.0
#include "documents/order.h"
#include "fuzz/property.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace countersign;
  using fuzz::require;
  const auto order = documents::parse_order({data, size});
  if (!order) return 0;
  std::int64_t sum = 0;
  for (const auto& line : order.value().lines) {
    std::int64_t price = 0;
    require(!__builtin_mul_overflow(line.unit_price, line.quantity, &price) &&
                !__builtin_add_overflow(sum, price, &sum),
            "no sum overflows");
  }
  require(sum == order.value().total.minor_units, "the lines add up to the total");
  require(order.value().expires > order.value().created, "an order expires after it was made");
  const auto written = documents::write_order(order.value());
  require(bool{written}, "what was read can be written");
  const auto again = documents::parse_order(written.value());
  require(again && documents::write_order(again.value()).value() == written.value(), "writing has one form");
  return 0;
}
