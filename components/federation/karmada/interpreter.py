"""Karmada's resource interpreter: the object by which it judges the health of a custom type."""

from __future__ import annotations

import json

import pulumi
import pulumi_kubernetes as kubernetes

from ...metadata import metadata
from ..engine import HealthRule
from ..host_cluster import HostCluster

API, KIND = "config.karmada.io/v1alpha1", "ResourceInterpreterCustomization"

BY_CONDITION = """\
function InterpretHealth(observedObj)
  if observedObj.status == nil or observedObj.status.conditions == nil then
    return false
  end
  local generation = observedObj.metadata.generation
  for _, condition in ipairs(observedObj.status.conditions) do
    if condition.type == %s then
      return condition.status == "True" and (condition.observedGeneration or generation) == generation
    end
  end
  return false
end
"""
"""A condition that says of which generation it is counts only if it is of the present one."""


def interpreter(name: str, rule: HealthRule, karmada: HostCluster, parent: pulumi.Resource) -> pulumi.CustomResource:
    """The customization of a type, whose name is the type's."""
    group, _, version = rule.api_version.rpartition("/")
    return kubernetes.apiextensions.CustomResource(
        name,
        api_version=API,
        kind=KIND,
        metadata=metadata(".".join(filter(None, [rule.kind.lower(), version, group]))),
        spec={
            "target": {"apiVersion": rule.api_version, "kind": rule.kind},
            "customizations": {"healthInterpretation": {"luaScript": script(rule)}},
        },
        opts=karmada.options(parent),
    )


def script(rule: HealthRule) -> str:
    """The rule in Lua, whose strings in double quotes are JSON's."""
    return rule.lua if rule.lua is not None else BY_CONDITION % json.dumps(rule.condition)
