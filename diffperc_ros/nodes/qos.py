# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Quality of service of a node's topics: defaults, overrides, and saying what does not fit.

Subscriptions ask for best effort, which every publisher satisfies; publishers offer reliable,
which every subscription accepts. All four policies of every topic can be overridden by
parameters, `qos_overrides.<resolved topic>.<publisher|subscription>.<policy>`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from rclpy.exceptions import ParameterException
from rclpy.node import Node
from rclpy.qos import (
    QoSCompatibility,
    QoSDurabilityPolicy,
    QoSHistoryPolicy,
    QoSPolicyKind,
    QoSProfile,
    QoSReliabilityPolicy,
    qos_check_compatible,
    qos_policy_name_from_kind,
)
from rclpy.qos_overriding_options import InvalidQosOverridesError, QoSOverridingOptions

from diffperc_ros.core.errors import SettingError

try:
    from rclpy.event_handler import (
        PublisherEventCallbacks,
        SubscriptionEventCallbacks,
        UnsupportedEventTypeError,
    )
except ImportError:  # Humble
    from rclpy.qos_event import (
        PublisherEventCallbacks,
        SubscriptionEventCallbacks,
        UnsupportedEventTypeError,
    )

UNKNOWN_NAME = '_NODE_NAME_UNKNOWN_'
Side = Literal['publisher', 'subscription']
_POLICIES = (
    QoSPolicyKind.HISTORY,
    QoSPolicyKind.DEPTH,
    QoSPolicyKind.RELIABILITY,
    QoSPolicyKind.DURABILITY,
)


def profile(depth: int, *, reliable: bool, latched: bool = False) -> QoSProfile:
    """Return a keep-last profile; `latched` keeps the last messages for late subscribers."""
    return QoSProfile(
        history=QoSHistoryPolicy.KEEP_LAST,
        depth=depth,
        reliability=(
            QoSReliabilityPolicy.RELIABLE if reliable else QoSReliabilityPolicy.BEST_EFFORT
        ),
        durability=(
            QoSDurabilityPolicy.TRANSIENT_LOCAL if latched else QoSDurabilityPolicy.VOLATILE
        ),
    )


def subscribe(
    node: Node,
    kind: type,
    topic: str,
    callback: Callable[[Any], None],
    quality: QoSProfile,
    *,
    raw: bool = False,
    on_lost: Callable[[int], None] | None = None,
) -> Any:
    """Create a subscription with overrides and with a word for everything that goes wrong.

    Parameters
    ----------
    node, kind, topic, callback, quality, raw : as of `create_subscription`.
    on_lost : called with the number of messages that the middleware lost since the last call.

    Raises
    ------
    SettingError : an override that is no such policy.
    """
    lost = (lambda event: on_lost(event.total_count_change)) if on_lost else None
    attempts: list[dict[str, Any]] = [
        {'incompatible_qos': _complain(node, topic), 'message_lost': lost},
        {'incompatible_qos': _complain(node, topic)},
        {},
    ]
    return _created(
        topic,
        lambda events: node.create_subscription(
            kind,
            topic,
            callback,
            quality,
            raw=raw,
            event_callbacks=SubscriptionEventCallbacks(**events),
            qos_overriding_options=QoSOverridingOptions(_POLICIES),
        ),
        attempts,
    )


def advertise(
    node: Node, create: Callable[..., Any], kind: type, topic: str, quality: QoSProfile
) -> Any:
    """Create a publisher likewise; `create` is `create_publisher` or its lifecycle kind.

    Raises
    ------
    SettingError : an override that is no such policy.
    """
    return _created(
        topic,
        lambda events: create(
            kind,
            topic,
            quality,
            event_callbacks=PublisherEventCallbacks(**events),
            qos_overriding_options=QoSOverridingOptions(_POLICIES),
        ),
        [{'incompatible_qos': _complain(node, topic)}, {}],
    )


def _created(
    topic: str, create: Callable[[dict[str, Any]], Any], attempts: list[dict[str, Any]]
) -> Any:
    """Create with the first set of event callbacks that this middleware supports."""
    for events in attempts[:-1]:
        try:
            return _with_overrides(topic, create, events)
        except UnsupportedEventTypeError:
            continue
    return _with_overrides(topic, create, attempts[-1])


def _with_overrides(
    topic: str, create: Callable[[dict[str, Any]], Any], events: dict[str, Any]
) -> Any:
    try:
        return create(events)
    except (ParameterException, InvalidQosOverridesError) as error:
        raise SettingError(f"QoS override of topic '{topic}': {error}") from error
    except RuntimeError as error:
        if 'QoS override' not in str(error):
            raise
        raise SettingError(f"QoS override of topic '{topic}': {error}") from error


def _complain(node: Node, topic: str) -> Callable[[Any], None]:
    """Return what to do when the middleware meets a remote end that does not fit.

    Who it is, the graph often knows only moments later; diagnostics name it then.
    """

    def callback(event: Any) -> None:
        policy = qos_policy_name_from_kind(event.last_policy_kind)
        resolved = node.resolve_topic_name(topic)
        node.get_logger().error(f"incompatible QoS on '{resolved}', policy {policy}: no data")

    return callback


def mismatches(node: Node, topic: str, side: Side) -> list[str]:
    """Return a sentence for every remote end of a topic whose QoS or type does not fit ours.

    Parameters
    ----------
    node : owns the end that is asked about.
    topic : resolved name.
    side : which end it is.
    """
    publishers = node.get_publishers_info_by_topic(topic)
    subscriptions = node.get_subscriptions_info_by_topic(topic)
    ours, theirs = (
        (publishers, subscriptions) if side == 'publisher' else (subscriptions, publishers)
    )
    own_name = (node.get_name(), node.get_namespace())
    problems = []
    for own in (info for info in ours if (info.node_name, info.node_namespace) == own_name):
        for remote in theirs:
            if remote.node_name == UNKNOWN_NAME:
                continue
            name = f'{remote.node_namespace.rstrip("/")}/{remote.node_name}'
            where = f"no data on '{topic}' between this node and {name}"
            if remote.topic_type != own.topic_type:
                problems.append(
                    f'{where}: it is {remote.topic_type} there and {own.topic_type} here. Remap '
                    'one of the two.'
                )
                continue
            offer, request = (own, remote) if side == 'publisher' else (remote, own)
            verdict, reason = qos_check_compatible(offer.qos_profile, request.qos_profile)
            if verdict == QoSCompatibility.ERROR:
                problems.append(
                    f'{where}: {reason.strip()} '
                    f'Set qos_overrides.{topic}.{side}.<reliability|durability>.'
                )
    return problems
