// SPDX-License-Identifier: Apache-2.0
#include "base/bytes.h"
#include "base/config.h"
#include "fuzz/property.h"

namespace {

using countersign::Config;
using countersign::fuzz::require;

// Asks as a program does; whatever stands in the file, the answers keep what they promise.
void ask(Config& config) {
  (void)config.text("a.text");
  (void)config.text("a.word", "fallback");
  if (const auto integer = config.integer("a.integer", -5, 70000))
    require(integer.value() >= -5 && integer.value() <= 70000, "integers are within their limits");
  (void)config.boolean("a.boolean", true);
  if (const auto file = config.file("a.file")) require(file.value().is_absolute(), "paths are absolute");
  if (const auto wait = config.duration("a.b.duration", std::chrono::seconds{1}))
    require(wait.value().count() >= 0, "durations are not negative");
  (void)config.texts("a.b.texts", {});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(countersign::as_text({data, size}));
  auto config = Config::parse(text, "/etc/countersign");
  if (!config) return 0;
  ask(config.value());
  (void)config.value().finish();
  auto more = Config::parse("nobody_asks = 1\n" + text, "/etc/countersign");
  if (!more) return 0;
  ask(more.value());
  require(!more.value().finish(), "what nobody asked for is refused");
  return 0;
}
