"""Composition root of the service: API, graphs and agents. It holds no key and no right to write money."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from langgraph.graph.state import CompiledStateGraph

from agents.dispute.agent import DisputeReader
from graphs.dispute.graph import DisputePorts, compile_dispute_graph
from serving.cases import CasePorts, CaseService, record_step
from serving.processes import gate_client
from sluicegate.adapters.checkpoints import open_checkpointer
from sluicegate.adapters.scoring.features import SqlFeatureSource
from sluicegate.adapters.scoring.text_classifier import LinearTextClassifier
from sluicegate.adapters.scoring.xgboost_scorer import XgboostScorer
from sluicegate.adapters.signing.ed25519 import Ed25519Verifier
from sluicegate.adapters.sql.engine import Database
from sluicegate.adapters.system.clock import SystemClock
from sluicegate.adapters.system.crash import crash_points
from sluicegate.domain.errors import Unauthenticated
from sluicegate.domain.principal import Principal
from sluicegate.ports.clock import Clock
from sluicegate.ports.gate import GateClient
from sluicegate.ports.signing import PermitVerifier
from sluicegate.ports.unit_of_work import UnitOfWork
from sluicegate.settings import Settings, read_settings
